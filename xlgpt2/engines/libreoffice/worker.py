"""The half of the LibreOffice engine that speaks UNO, run by the Python that LibreOffice knows.

It is a program of its own (standard library, `uno`, libreoffice_document.py and
libreoffice_cells.py only; Python 3.9 or later), started as

    python libreoffice_worker.py NAME_OF_THE_PIPE

It connects to the office process that listens on that pipe, then answers one JSON line from
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

# Neighbours in this folder, which is where Python looks first for a program's modules.
from worker_cells import Uno, properties
from worker_document import Document, Message, RefusedError, Window

PATIENCE_S = 0.1


def connect(pipe: str) -> Uno:
    """The office's component context, once it answers on the pipe."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    while True:  # the engine, which started us and watches the clock, ends this by killing us
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(PATIENCE_S)


def version(context: Uno) -> str:
    """LibreOffice's version, as its About box has it."""
    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    node = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess",
        properties(nodepath="/org.openoffice.Setup/Product"),
    )
    return str(node.getByName("ooSetupVersionAboutBox"))


def answer(office: Uno, document: Document | None, request: Message) -> Document | None:
    """Carry out one request, print its answers, and give the document that is open now."""
    command = request["command"]
    if command == "load":
        kind = Window if request["in_window"] else Document
        document = kind(office, request["path"], request["line_breaks"])
        say({})
        return document
    assert document is not None
    if command == "compute":
        seconds = document.type(request["typed"])
        seconds += document.calculate(request["only_changed"])
        for where in request["read"]:
            for part in document.read(*where):
                say(part)
        say({"seconds": seconds})
    elif command == "read":
        for part in document.read(*request["place"]):
            say(part)
        say({"truth_values": document.truth_values(*request["place"])})
    elif command == "pdf":
        document.calculate()
        document.to_pdf(request["target"], request["place"])
        say({})
    return document


def say(message: Message) -> None:
    """Answer with one line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Connect, then answer requests until there are no more."""
    context = connect(sys.argv[1])
    desktop = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.Desktop", context
    )
    say({"version": version(context)})
    document = None
    for line in sys.stdin:
        try:
            document = answer(desktop, document, json.loads(line))
        except RefusedError as error:
            say(error.answer)
        except UnoException as error:
            say({"refused": "uno", "message": str(error.Message)})
    desktop.terminate()


if __name__ == "__main__":
    main()
