"""format=flowed text (RFC 3676): soft line ends undone, quoting and signatures kept."""


def unflow(text: str, delsp: bool) -> str:
    """Join flowed lines of one quote depth; `delsp` also drops the blank that marked the soft end."""
    out: list[str] = []
    open_depth = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:]
        if body.startswith(" "):
            body = body[1:]
        signature = body == "-- "
        if open_depth == depth and not signature and out:
            out[-1] += body
        else:
            out.append((">" * depth + " " if depth else "") + body)
        open_depth = -1
        if body.endswith(" ") and not signature:
            open_depth = depth
            if delsp:
                out[-1] = out[-1][:-1]
    return "\n".join(out)
