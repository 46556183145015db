# openswe-python-{{python}}, flavour debian: bootstrapped from a Debian mirror, with the Python that this Debian ships.
FROM {{debian}}
{{env}}
RUN --mount=type=bind,target=/mnt sh /mnt/system.sh
RUN --mount=type=bind,target=/mnt sh /mnt/uv.sh /usr/bin/python3 {{uv}}
RUN --mount=type=bind,target=/mnt sh /mnt/testbed.sh /usr/bin/python3
CMD ["bash"]
