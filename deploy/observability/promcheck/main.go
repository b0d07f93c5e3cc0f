// Promcheck judges alert rules and the queries of dashboards by Prometheus's own parser, as `promtool check rules` does: promtool
// itself brings the clients of every cloud along, and takes five minutes to build. Reads {"rules": [files], "queries": [texts]}
// from stdin; prints {"problems": [texts], "selectors": [{"where", "metric", "labels"}]}: every metric that is selected, with the
// labels that are matched.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

type selector struct {
	Where  string   `json:"where"`
	Metric string   `json:"metric"`
	Labels []string `json:"labels"`
}

type verdict struct {
	Problems  []string   `json:"problems"`
	Selectors []selector `json:"selectors"`
}

func main() {
	var wanted struct {
		Rules   []string `json:"rules"`
		Queries []string `json:"queries"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		fmt.Fprintln(os.Stderr, "promcheck:", err)
		os.Exit(2)
	}
	found := verdict{Problems: []string{}, Selectors: []selector{}}
	for _, file := range wanted.Rules {
		found.rules(file)
	}
	for _, query := range wanted.Queries {
		found.query(query, query)
	}
	_ = json.NewEncoder(os.Stdout).Encode(found)
}

func (v *verdict) rules(file string) {
	groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation)
	for _, err := range errs {
		v.Problems = append(v.Problems, fmt.Sprintf("%s: %v", file, err))
	}
	if groups == nil {
		return
	}
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			v.query(rule.Alert+rule.Record, rule.Expr)
		}
	}
}

func (v *verdict) query(where string, text string) {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		v.Problems = append(v.Problems, fmt.Sprintf("%s: %v", where, err))
		return
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if vector, ok := node.(*parser.VectorSelector); ok {
			v.Selectors = append(v.Selectors, selectorOf(where, vector))
		}
		return nil
	})
}

func selectorOf(where string, vector *parser.VectorSelector) selector {
	found := selector{Where: where, Metric: vector.Name, Labels: []string{}}
	for _, matcher := range vector.LabelMatchers {
		if matcher.Name != labels.MetricName {
			found.Labels = append(found.Labels, matcher.Name)
		}
	}
	sort.Strings(found.Labels)
	return found
}
