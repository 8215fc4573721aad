// Says hello to the name in its input.
import { getStdin } from "wasi:cli/stdin@0.2.0";
import { getStdout } from "wasi:cli/stdout@0.2.0";

function read() {
  const stdin = getStdin();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    try {
      text += decoder.decode(stdin.blockingRead(65536n), { stream: true });
    } catch (error) {
      if (error.payload?.tag === "closed") return text;
      throw error;
    }
  }
}

export const run = {
  run() {
    const { name } = JSON.parse(read());
    const output = JSON.stringify({ greeting: `Hello, ${name}!` });
    getStdout().blockingWriteAndFlush(new TextEncoder().encode(output));
  },
};
