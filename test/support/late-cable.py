"""Carries Ethernet frames between two taps, each as late as it is told by a line of milliseconds, the least and the most:
every frame is late by itself, so that some overtake others. Ends when nobody can tell it any more.

argv: the name of the tap that stays here, that of the one that becomes eth0 of a process's network, the process, and its
MAC address."""
import fcntl, heapq, os, random, select, struct, subprocess, sys, time

here, there, pid, mac = sys.argv[1:]
least = most = 0.0


def tap(name):
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    # TUNSETIFF; IFF_TAP | IFF_NO_PI.
    fcntl.ioctl(file, 0x400454CA, struct.pack("16sH", name.encode(), 0x1002))
    return file


near, far = tap(here), tap(there)
other = {near: far, far: near}
subprocess.run(["ip", "link", "set", there, "address", mac], check=True)
subprocess.run(["ip", "link", "set", there, "netns", pid, "name", "eth0"], check=True)
print("ready", flush=True)
waiting, count = [], 0
while True:
    pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
    for file in select.select([near, far, 0], [], [], pause)[0]:
        if file == 0:
            line = os.read(0, 100)
            if not line:
                sys.exit()
            least, most = (float(word) / 1000 for word in line.split()[-2:])
            continue
        try:
            while True:
                frame = os.read(file, 65536)
                count += 1
                heapq.heappush(waiting, (time.monotonic() + random.uniform(least, most), count, other[file], frame))
        except BlockingIOError:
            pass
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, file, frame = heapq.heappop(waiting)
        try:
            os.write(file, frame)
        except OSError:
            pass  # The other side is down, or its queue is full.
