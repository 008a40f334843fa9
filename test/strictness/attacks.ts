/** The classes of attack that the rules answer, each with published cases; docs/security.md lists them. */
export const ATTACKS = {
  'bare line ends': [
    'CVE-2021-41136',
    'CVE-2022-32214',
    'CVE-2023-30589',
    'CVE-2025-22871',
    'CVE-2025-23167',
  ],
  'chunk extensions': [
    'CVE-2021-22960',
    'CVE-2023-39326',
    'CVE-2024-21647',
    'CVE-2024-22019',
    'CVE-2024-52304',
    'CVE-2025-55315',
  ],
  'chunk sizes': ['CVE-2013-2028', 'CVE-2022-24801', 'CVE-2023-38697'],
  'chunk terminators': ['CVE-2025-43859'],
  'Content-Length forms': ['CVE-2018-7159', 'CVE-2020-10108', 'CVE-2021-32715', 'CVE-2022-24801'],
  'Content-Length beside Transfer-Encoding': ['CVE-2020-10109', 'CVE-2023-47641'],
  'control bytes': ['CVE-2024-52530'],
  'cross-protocol requests': ['CVE-2021-3618'],
  'field whitespace': ['CVE-2019-16276', 'CVE-2019-16869', 'CVE-2021-22959'],
  'Host confusion': ['CVE-2026-48710'],
  'line folding': ['CVE-2022-32215', 'CVE-2024-27982'],
  'request line confusion': ['CVE-2021-33193', 'CVE-2023-25690'],
  'resource exhaustion': ['CVE-2018-12121'],
  'Transfer-Encoding forms': [
    'CVE-2019-15605',
    'CVE-2020-8287',
    'CVE-2022-1705',
    'CVE-2022-32213',
    'CVE-2024-1135',
  ],
  'trailer fields': ['CVE-2023-45648', 'CVE-2023-46589', 'CVE-2025-59822'],
} as const satisfies Record<string, readonly string[]>

export type Attack = keyof typeof ATTACKS
