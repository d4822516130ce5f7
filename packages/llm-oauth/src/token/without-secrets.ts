const SHOWN = '[redacted]';
const SHORTEST = 4;

/** The text without the secrets, in the forms in which a server may have repeated them. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const forms = [...secrets].filter(secret => secret.length >= SHORTEST).flatMap(formsOf);
  forms.sort((a, b) => b.length - a.length);
  let result = text;
  for (const form of forms) result = result.replaceAll(form, SHOWN);
  return result;
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}
