"""The part of the LibreOffice engine that uses UNO, run by LibreOffice's Python.

It is a separate program (standard library, `uno`, worker_document.py and worker_cells.py only;
Python 3.9 or later), started as

    python worker.py NAME_OF_THE_PIPE

It connects to the office process that listens on that pipe, then answers each JSON line from
standard input with JSON lines on standard output, until the input ends. Rows and columns count
from 0 here, as in UNO.
"""

from __future__ import annotations

import json
import sys
import time

import uno
from com.sun.star.connection import NoConnectException
from com.sun.star.uno import Exception as UnoException

# From this folder, where Python looks first for a program's modules.
from worker_cells import Uno, properties
from worker_document import Document, Message, RefusedError, Window

RETRY_S = 0.1


def connect(pipe: str) -> Uno:
    """The office's component context, once it answers on the pipe."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    while True:  # the engine, which started this program, kills it after a time limit
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(RETRY_S)


def version(context: Uno) -> str:
    """LibreOffice's version, as in its About box."""
    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    node = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess",
        properties(nodepath="/org.openoffice.Setup/Product"),
    )
    return str(node.getByName("ooSetupVersionAboutBox"))


def answer(office: Uno, document: Document | None, request: Message) -> Document | None:
    """Execute a request, send its answers, and return the document that is open now."""
    command = request["command"]
    if command == "load":
        kind = Window if request["in_window"] else Document
        document = kind(office, request["path"], request["line_breaks"])
        send({})
        return document
    if command == "close":
        if document is not None:
            document.close()
        send({})
        return None
    assert document is not None
    if command == "compute":
        seconds = document.override(request["overrides"])
        seconds += document.calculate(request["only_changed"])
        for rectangle in request["read"]:
            for part in document.read(*rectangle):
                send(part)
        send({"seconds": seconds})
    elif command == "read":
        for part in document.read(*request["place"]):
            send(part)
        send({"truth_values": document.truth_values(*request["place"])})
    elif command == "pdf":
        document.calculate()
        document.to_pdf(request["target"], request["place"])
        send({})
    return document


def send(message: Message) -> None:
    """Write a message as one line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Connect, then answer requests until the input ends."""
    context = connect(sys.argv[1])
    desktop = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.Desktop", context
    )
    send({"version": version(context)})
    document = None
    for line in sys.stdin:
        try:
            document = answer(desktop, document, json.loads(line))
        except RefusedError as error:
            send(error.answer)
        except UnoException as error:
            send({"refused": "uno", "message": str(error.Message)})
    desktop.terminate()


if __name__ == "__main__":
    main()
