"""FreeSWITCH's event socket, sans-IO: bytes to frames to signals, effects to commands to bytes.

The only room that knows FreeSWITCH's names. Facts are from FreeSWITCH 1.10.12: mod_event_socket.c, switch_ivr.c,
switch_channel.c, mod_commands.c, mod_dptools.c.
"""
