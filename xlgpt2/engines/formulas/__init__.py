"""Computing a workbook in this process, with the parser and the functions of `formulas`.

Importing `formulas` and what it needs warns, here and there, of its own ways of writing Python;
whoever turns warnings into errors could then not import it at all.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import formulas

    formulas.get_functions()  # imports the modules that hold them
