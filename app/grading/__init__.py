"""Judge answers: the examiner, the check of its evidence, and the report."""
