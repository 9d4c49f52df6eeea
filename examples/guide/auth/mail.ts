/** Stands for what sends your mail. */
export const outbox: string[] = []

export async function sendMail(to: string, text: string): Promise<void> {
  outbox.push(`${to}: ${text}`)
}
