# openswe-python-{{python}}, flavour uv: Debian from an image registry, with a CPython that uv installs.
FROM {{debian}}
{{env}}
RUN --mount=type=bind,target=/mnt sh /mnt/system.sh
RUN --mount=type=bind,target=/mnt sh /mnt/uv.sh /usr/bin/python3 {{uv}}
RUN UV_PYTHON_INSTALL_DIR=/opt/python uv python install --no-bin {{python}}
RUN --mount=type=bind,target=/mnt UV_PYTHON_INSTALL_DIR=/opt/python sh /mnt/testbed.sh {{python}}
CMD ["bash"]
