"""Write openapi.json and the files of the connector."""

import logging

from api_description import ROOT, described_files


def main() -> None:
    """Write all files, and say which."""
    logging.disable()  # function_app logs at import that settings are missing; none is needed here
    for path, text in described_files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
