// Says hello to the name in its input.
import { JSON } from "json-as";

@json
class Input {
  name: string = "";
}

@json
class Output {
  greeting: string = "";
}

// Gives out room for the input.
export function allocate(size: i32): usize {
  return __pin(__new(size, idof<ArrayBuffer>()));
}

// Returns where the output begins, which ends with a NUL byte.
export function run(place: usize, length: i32): usize {
  const input = JSON.parse<Input>(String.UTF8.decodeUnsafe(place, length));
  const output = new Output();
  output.greeting = `Hello, ${input.name}!`;
  return changetype<usize>(String.UTF8.encode(JSON.stringify(output), true));
}
