/** "+1 416 555 0140" from E.164; numbers outside North America, and masked ones, stay as they are. */
export function formatPhone(e164: string | null | undefined): string {
  if (!e164) return '';
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164);
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : e164;
}
