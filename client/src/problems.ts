// Generated from acs_tokens/problems.py by .venv/bin/python -m tests.client.problem_codes

/** The problem types of the service: the ends of their URNs. docs/errors.md explains each. */
export type ProblemCode =
  | "acs-auth"
  | "acs-response"
  | "acs-throttled"
  | "acs-unavailable"
  | "body-too-large"
  | "busy"
  | "deadline-exceeded"
  | "entra-unavailable"
  | "guests-off"
  | "identity-not-found"
  | "identity-store-unavailable"
  | "interaction-required"
  | "internal-error"
  | "invalid-request"
  | "invalid-teams-token"
  | "invalid-user-id"
  | "misconfigured"
  | "not-allowed"
  | "not-ready"
  | "sign-in-off"
  | "teams-token-expiring"
  | "teams-token-mismatch"
  | "too-many-requests"
  | "unauthorized"
  | "unsupported-media-type";
