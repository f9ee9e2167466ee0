package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func bytesOf(field string) []byte {
	bytes, err := base64.StdEncoding.DecodeString(field)
	if err != nil {
		panic(err)
	}
	return bytes
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		seconds, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			panic(err)
		}
		var secrets []string
		for _, secret := range strings.Split(fields[1], ",") {
			secrets = append(secrets, string(bytesOf(secret)))
		}
		headers := http.Header{}
		for _, pair := range fields[3:] {
			name, value, _ := strings.Cut(pair, ":")
			headers.Set(string(bytesOf(name)), string(bytesOf(value)))
		}
		body := bytesOf(fields[2])
		standard, err := IsGenuine(secrets, headers, body, time.Unix(seconds, 0))
		if err != nil {
			panic(err)
		}
		fmt.Println(standard, HasXSignature(secrets, headers, body))
	}
}
