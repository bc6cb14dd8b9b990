"""What goes out again: off the record, taken back, the trash, people who leave."""
