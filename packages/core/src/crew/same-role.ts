/** Whether a role means this one. Case, spaces and quotes do not count: models are careless with them. */
export function sameRole(left: string, right: string): boolean {
  return bare(left) === bare(right);
}

function bare(role: string): string {
  return role.replace(/[\s"'`“”‘’«»]+/g, '').toLowerCase();
}
