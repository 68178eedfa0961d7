"""The loop: action, reflection, adaptation; rounds, silences, pauses."""
