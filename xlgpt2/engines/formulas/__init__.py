"""Computing a workbook in-process, with the parser and the functions of `formulas`.

Importing `formulas` and its dependencies emits warnings about their own code; where warnings are
errors, the import would fail.
"""

import importlib.util
import sys
import warnings


def _import_on_use(package: str, name: str) -> None:
    """Let a module of a package be imported when an attribute of it is used for the first time.

    The package gets it as an attribute, which `from package import name` finds.
    """
    spec = importlib.util.find_spec(f"{package}.{name}")
    if spec is None or spec.loader is None or spec.name in sys.modules:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    setattr(sys.modules[package], name, module)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    _import_on_use("scipy", "stats")  # half of the import, for functions that no model needs
    import formulas

    formulas.get_functions()  # imports the modules with the functions
