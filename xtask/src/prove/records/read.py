"""Prints every record in the records.db named, a line of JSON each."""

import json
import sqlite3
import sys

OUTCOMES = ["", "complete", "failed", "interrupted", "abandoned"]
ROWS = """
SELECT r.id, r.status, r.outcome, coalesce(n.text, ''), r.input, r.output
FROM requests r LEFT JOIN names n ON n.id = r.cause
"""

database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=10)
for request, status, outcome, cause, told, said in database.execute(ROWS):
    row = {"request": "req_" + request.hex(), "status": status, "outcome": OUTCOMES[outcome], "cause": cause}
    print(json.dumps(row | {"input": told, "output": said}))
