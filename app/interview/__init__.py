"""Run the interview: what to ask (policy), how to word it (voices), and what may not be said (guard)."""
