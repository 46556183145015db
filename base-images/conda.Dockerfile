# openswe-python-{{python}}, flavour conda: Debian from an image registry, with a Miniforge whose environment testbed has
# Python {{python}} from conda-forge.
FROM {{debian}}
{{env}}
RUN --mount=type=bind,target=/mnt sh /mnt/system.sh
RUN --mount=type=bind,target=/mnt sh /mnt/miniforge.sh {{miniforge}} {{python}}
RUN --mount=type=bind,target=/mnt sh /mnt/uv.sh /opt/conda/bin/python {{uv}}
CMD ["bash"]
