/** Who wrote a text, as far as the list still knows. */
export function writer(text: { employee_name: string; phone_masked: string }): string {
  return text.employee_name || text.phone_masked;
}
