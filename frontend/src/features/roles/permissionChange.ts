/** What somebody gains and loses by a change. */
export interface PermissionChange {
  gained: string[];
  lost: string[];
}

export function permissionChange(before: Iterable<string>, after: Iterable<string>): PermissionChange {
  const old = new Set(before);
  const fresh = new Set(after);
  return {
    gained: [...fresh].filter((one) => !old.has(one)).sort(),
    lost: [...old].filter((one) => !fresh.has(one)).sort(),
  };
}
