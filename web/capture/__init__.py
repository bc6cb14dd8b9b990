"""Add, upload and record sessions; jobs and question scripts."""
