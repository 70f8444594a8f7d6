"""Do committed metrics and predictions say what came out when the model was scored again, or trained again?

    claimed = read_result(text_at_head, " at HEAD", remedy)
    found = read_result(text_here, "", remedy)
    verdict = confirm_score(claimed, found, "HEAD", TOLERANCES[found.metric])  # the same model, on any machine
    verdict = confirm_training(claimed, found, "HEAD")  # the same code, data and params, on any machine

No file and no revision is read here. What is let pass was measured: docs/decisions/0014.
"""
