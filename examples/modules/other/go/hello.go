// Says hello to the name in its input.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var input struct{ Name string }
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		fmt.Fprintln(os.Stderr, "The input is no {\"name\": \"…\"}:", err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]string{"greeting": "Hello, " + input.Name + "!"})
}
