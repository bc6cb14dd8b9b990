"""The pages: each module has one blueprint, `bp`, that bears the module's name."""
