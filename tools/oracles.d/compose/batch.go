// Command compose-batch runs many `docker compose` command lines in one process, each as the
// program itself would run it. It reads one case a line from standard input, as JSON, and answers
// each with a line.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/flags"
	"github.com/docker/compose/v5/cmd/compose"
	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
)

// input is a command line, with the directory and the variables it is run with.
type input struct {
	Directory   string            `json:"directory"`
	Arguments   []string          `json:"arguments"`
	Environment map[string]string `json:"environment"`
}

// outcome is what came of it. The error is that with which the program ends.
type outcome struct {
	Output   string   `json:"output"`
	Warnings []string `json:"warnings"`
	Error    string   `json:"error"`
}

// warnings gathers what is logged.
type warnings struct{ messages []string }

func (w *warnings) Levels() []logrus.Level { return []logrus.Level{logrus.WarnLevel} }

func (w *warnings) Fire(entry *logrus.Entry) error {
	w.messages = append(w.messages, entry.Message)
	return nil
}

func main() {
	if err := answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compose-batch:", err)
		os.Exit(1)
	}
}

func answer(from io.Reader, to io.Writer) error {
	logrus.SetOutput(io.Discard)
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var in input
		if err := json.Unmarshal(line, &in); err != nil {
			return err
		}
		out, err := run(in)
		if err != nil {
			return err
		}
		written, err := json.Marshal(out)
		if err != nil {
			return err
		}
		if _, err := to.Write(append(written, '\n')); err != nil {
			return err
		}
	}
}

func run(in input) (outcome, error) {
	if err := os.Chdir(in.Directory); err != nil {
		return outcome{}, err
	}
	os.Clearenv()
	for name, value := range in.Environment {
		if err := os.Setenv(name, value); err != nil {
			return outcome{}, err
		}
	}
	logged := &warnings{messages: []string{}}
	logrus.StandardLogger().ReplaceHooks(logrus.LevelHooks{logrus.WarnLevel: {logged}})

	var output bytes.Buffer
	docker, err := command.NewDockerCli(
		command.WithInputStream(io.NopCloser(&bytes.Buffer{})),
		command.WithOutputStream(&output),
		command.WithErrorStream(io.Discard),
	)
	if err != nil {
		return outcome{}, err
	}
	if err := docker.Initialize(flags.NewClientOptions()); err != nil {
		return outcome{}, err
	}
	root := &cobra.Command{Use: "docker", TraverseChildren: true, SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(compose.RootCommand(docker, &compose.BackendOptions{}))
	root.SetArgs(append([]string{"compose"}, in.Arguments...))
	res := outcome{}
	if err := root.Execute(); err != nil {
		res.Error = err.Error()
	}
	res.Output, res.Warnings = output.String(), logged.messages
	return res, nil
}
