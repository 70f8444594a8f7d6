"""The verdict over a model: may it go in, given its test faces, those of the revision it would replace, and the limits?

    here = read_run(text_here, "mae", "", remedy)
    base = read_run(text_at_main, "mae", " at main", remedy)
    verdict = judge(here, base, params.gate, params.evaluate, base_name="main")
    for sentence in describe(verdict): ...

No file and no revision is read here, so the verdict is the same from a command line, a workflow and a test. `metrics`
and `predictions` read what a run left in Git, `runs` holds the two against each other, `folds` says which test faces
two runs share, `paired` how sure it is that one is worse on them, `verdict` judges, `wording` and `page` say so.
"""
