"""Measures what the project promises about speed and memory, as ratios between things measured side by side."""
