"""A flow of any size, as a company with many departments would have it: menus within menus, and what they lead to."""


def large_flow(departments: int = 9, name: str = "company") -> str:
    """A flow with three blocks, and six for each department."""
    keys = [*"123456789", *(f"0{number}" for number in range(1, 90))][:departments]
    choices = "\n".join(f'          "{key}": team{number}' for number, key in enumerate(keys, 1))
    text = f"""\
flow: {name}
description: One number for {departments} departments
vars:
  voicemail: {{type: file}}
  order: {{type: digits}}
events:
  error: goodbye
start: greet
blocks:
  greet:
    - answer:
    - play: Welcome to the company.
    - goto: main_menu
  main_menu:
    - menu:
        prompt: Please choose your department.
        choices:
{choices}
        no_input: {{prompt: Are you there?, then: goodbye}}
        invalid: {{prompt: There is no such department., then: goodbye}}
  goodbye:
    - play: Thank you for your call. Goodbye.
    - hangup:
"""
    return text + "".join(_DEPARTMENT.format(n=number) for number in range(1, departments + 1))


_DEPARTMENT = """\
  team{n}:
    - menu:
        prompt: Department {n}. For orders, press 1. For advice, press 2. To leave a message, press 3.
        choices:
          "1": order{n}
          "2": advice{n}
          "3": message{n}
          "9": main_menu
        no_input: {{then: message{n}}}
        invalid: {{then: message{n}}}
  order{n}:
    - collect:
        prompt: Please key in the number of your order.
        length: {{min: 5, max: 8}}
        store: order
        no_input: {{then: advice{n}}}
        invalid: {{then: advice{n}}}
    - goto: status{n}
  status{n}:
    - http:
        url: https://orders.example.com/${{vars.order}}
        on_status: {{"404": order{n}}}
      on_error: {{http.timeout: advice{n}, any: advice{n}}}
    - play: Your order is on its way.
    - goto: thanks{n}
  advice{n}:
    - transfer: {{to: user/team{n}, timeout: 20s, busy: message{n}, failed: message{n}}}
  message{n}:
    - record: {{prompt: Please leave a message., store: voicemail, too_short: thanks{n}}}
    - goto: thanks{n}
  thanks{n}:
    - play: Department {n} thanks you.
    - goto: goodbye
"""
