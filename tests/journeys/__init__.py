"""Tests of journeys: several steps of a person through the whole product."""
