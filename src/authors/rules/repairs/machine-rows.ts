import { systemPackageRows } from '../tables/system-packages.ts'
import { captures, type RepairRow } from './repair-row.ts'

const aptRows: readonly RepairRow[] = systemPackageRows.map(({ name, sees, packages }) => ({
  name: `system-package-${name}`,
  why: 'the operating system lacks it',
  from: ['build', 'run'],
  sees: new RegExp(sees.source, `${sees.flags}g`),
  change: () => ({ kind: 'system-packages', packages }),
}))

/** What the operating system lacks: packages, and settings of locale and time. */
export const machineRows: readonly RepairRow[] = [
  {
    name: 'system-package-unknown',
    why: 'this Debian has no such package',
    from: ['build'],
    sees: /Unable to locate package (\S+)|Package '?([\w.+-]+)'? has no installation candidate/g,
    change: (matches) => ({ kind: 'without-system-packages', packages: captures(matches) }),
  },
  ...aptRows,
  {
    name: 'encoding',
    why: 'text is read as ASCII where no locale is set',
    from: ['build', 'run'],
    sees: /UnicodeDecodeError: 'ascii' codec|UnicodeEncodeError: 'ascii' codec|Click will abort further execution because Python/g,
    change: () => ({ kind: 'variables', variables: { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' } }),
  },
  {
    name: 'time-zone-data',
    why: 'time zones are looked for in a package where the system has none',
    from: ['run'],
    sees: /No module named '?tzdata|ZoneInfoNotFoundError|No time zone found with key/g,
    change: () => ({ kind: 'require', requirements: ['tzdata'] }),
  },
  {
    name: 'local-time-zone',
    why: 'the container has no local time zone',
    from: ['run'],
    sees: /Can not find any timezone configuration|UnknownTimeZoneError: 'local'|\/etc\/(?:localtime|timezone).*No such file|No such file.*\/etc\/(?:localtime|timezone)/g,
    change: () => ({ kind: 'variables', variables: { TZ: 'UTC' } }),
  },
  {
    name: 'display',
    why: 'there is no screen to draw on',
    from: ['run'],
    sees: /no display name and no \$DISPLAY|could not connect to display|Could not load the Qt platform plugin|cannot connect to X server/g,
    change: () => ({ kind: 'variables', variables: { QT_QPA_PLATFORM: 'offscreen', MPLBACKEND: 'Agg' } }),
  },
  {
    name: 'home',
    why: 'the tests look for a home of their own',
    from: ['run'],
    sees: /Could(?:n't| not) determine home directory|KeyError: 'HOME'/g,
    change: () => ({ kind: 'variables', variables: { HOME: '/root' } }),
  },
  {
    name: 'user-name',
    why: 'the tests ask who runs them',
    from: ['run'],
    sees: /KeyError: '(?:USER|LOGNAME|USERNAME)'/g,
    change: () => ({ kind: 'variables', variables: { USER: 'root', LOGNAME: 'root', USERNAME: 'root' } }),
  },
]
