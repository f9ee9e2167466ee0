import sys
from base64 import b64decode
from receiver import has_x_signature, is_genuine

for line in sys.stdin:
    now, secrets, body, *pairs = line.rstrip("\n").split("\t")
    text = lambda field: b64decode(field).decode()
    headers = {text(name): text(value) for name, value in (pair.split(":") for pair in pairs)}
    known = [text(secret) for secret in secrets.split(",")]
    standard = is_genuine(known, headers, b64decode(body), int(now))
    print(standard, has_x_signature(known, headers, b64decode(body)))
