"""Control of calls over Redis: who gives orders, which engine takes them, and what it may do with them."""
