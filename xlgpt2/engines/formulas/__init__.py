"""Computing a workbook in-process, with the parser and the functions of `formulas`.

Importing `formulas` and its dependencies emits warnings about their own code; where warnings are
errors, the import would fail.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import formulas

    formulas.get_functions()  # imports the modules with the functions
