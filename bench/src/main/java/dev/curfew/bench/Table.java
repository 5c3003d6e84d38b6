// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.curfew.bench.Contender.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The samples of one benchmark, and what is told of them: medians, and ratios to the best peer.
final class Table {

  private final Bench bench;
  private final String conditions;
  private final Map<Cell, List<Double>> samples = new HashMap<>();
  private final List<String> notes = new ArrayList<>();

  /// @param conditions the machine, the JVM and the load, in words
  Table(Bench bench, String conditions) {
    this.bench = bench;
    this.conditions = conditions;
  }

  private record Cell(Contender row, String column) {}

  /// The best of some rows in one column.
  private record Best(Contender row, double value) {}

  void add(Contender row, String column, double sample) {
    if (!bench.columns().contains(column)) {
      throw new IllegalArgumentException(bench.name() + " has no column '" + column + "'");
    }
    samples.computeIfAbsent(new Cell(row, column), _ -> new ArrayList<>()).add(sample);
  }

  /// Tells below the table what somebody could not do.
  void cannot(String what) {
    System.err.println(what);
    notes.add(what);
  }

  /// {@return what one row has cost, round by round, by what the other one has in the same round}
  List<Double> byRounds(Contender row, Contender other, String column) {
    List<Double> ratios = new ArrayList<>();
    List<Double> mine = samples.getOrDefault(new Cell(row, column), List.of());
    List<Double> others = samples.getOrDefault(new Cell(other, column), List.of());
    for (int i = 0; i < Math.min(mine.size(), others.size()); i++) {
      ratios.add(mine.get(i) / others.get(i));
    }
    return ratios;
  }

  private double median(Contender row, String column) {
    List<Double> all = sorted(row, column);
    return all.isEmpty() ? Double.NaN : middle(all);
  }

  /// {@return the middle one}
  static double median(List<Double> values) {
    return middle(values.stream().sorted().toList());
  }

  private static double middle(List<Double> sorted) {
    int at = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted.get(at) : (sorted.get(at - 1) + sorted.get(at)) / 2;
  }

  private List<Double> sorted(Contender row, String column) {
    List<Double> all = new ArrayList<>(samples.getOrDefault(new Cell(row, column), List.of()));
    Collections.sort(all);
    return all;
  }

  private Optional<Best> best(Role role, String column) {
    return bench.contenders().stream()
        .filter(row -> row.role() == role)
        .map(row -> new Best(row, median(row, column)))
        .filter(best -> !Double.isNaN(best.value))
        .min((a, b) -> Double.compare(a.value, b.value));
  }

  /// {@return how many times cheaper one row is than the best of that role; NaN if unknown}
  private double ratio(Role role, Contender ours, String column) {
    return best(role, column).map(best -> best.value / median(ours, column)).orElse(Double.NaN);
  }

  private List<Contender> ours() {
    return bench.contenders().stream().filter(row -> row.role() == Role.OURS).toList();
  }

  String markdown() {
    StringBuilder text = new StringBuilder(conditions).append("\n\n");
    line(text, bench.unit(), bench.columns());
    line(text, "---", Collections.nCopies(bench.columns().size(), "---:"));
    for (Contender row : bench.contenders()) {
      String mark = row.role() == Role.OURS ? "**" : "";
      line(text, mark + row.label() + mark, each(column -> figure(median(row, column))));
    }
    for (Contender row : ours()) {
      line(
          text, "best peer / " + row.label(), each(column -> times(ratio(Role.PEER, row, column))));
    }
    if (bench.contenders().stream().anyMatch(row -> row.role() == Role.LIMIT)) {
      Contender first = ours().getFirst();
      line(
          text,
          "limit / " + first.label(),
          each(column -> times(ratio(Role.LIMIT, first, column))));
    }
    notes.forEach(note -> text.append("\n* ").append(note).append('\n'));
    return text.append(multiples()).toString();
  }

  /// {@return a second table: each row divided by the same without what is measured}
  private String multiples() {
    StringBuilder text = new StringBuilder();
    for (Contender row : bench.contenders()) {
      Optional<Contender> bare = bench.bare(row);
      if (bare.isPresent()) {
        if (text.isEmpty()) {
          line(text.append('\n'), "times the same without", bench.columns());
          line(text, "---", Collections.nCopies(bench.columns().size(), "---:"));
        }
        line(
            text,
            row.label(),
            each(column -> times(median(row, column) / median(bare.get(), column))));
      }
    }
    return text.toString();
  }

  /// {@return the closing line: the first column of the first of ours, and its worst column}
  String closingLine() {
    Contender ours = ours().getFirst();
    String main = bench.columns().getFirst();
    String worst =
        bench.columns().stream()
            .filter(column -> !Double.isNaN(ratio(Role.PEER, ours, column)))
            .min((a, b) -> Double.compare(ratio(Role.PEER, ours, a), ratio(Role.PEER, ours, b)))
            .orElse(main);
    return "RATIO %s: best peer / ours = %s; lowest %s"
        .formatted(bench.name(), against(ours, main), against(ours, worst));
  }

  private String against(Contender ours, String column) {
    String peer = best(Role.PEER, column).map(best -> best.row.label()).orElse("none");
    return "%s (peer %s, %s)".formatted(times(ratio(Role.PEER, ours, column)), peer, column);
  }

  private List<String> each(Function<String, String> cell) {
    return bench.columns().stream().map(cell).toList();
  }

  private static void line(StringBuilder text, String first, List<String> others) {
    text.append("| ").append(first).append(" | ").append(String.join(" | ", others)).append(" |\n");
  }

  private static String figure(double value) {
    String format = value < 1 ? "%.3f" : value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f";
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, format, value);
  }

  private static String times(double ratio) {
    return Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio);
  }

  /// Writes every sample.
  void writeJson(Path file) throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(Files.newBufferedWriter(file))) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("benchmark", bench.name());
      json.writeStringField("unit", bench.unit());
      json.writeStringField("conditions", conditions);
      json.writeStringField("closing", closingLine());
      json.writeArrayFieldStart("rows");
      for (Contender row : bench.contenders()) {
        writeRow(json, row);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private void writeRow(JsonGenerator json, Contender row) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", row.label());
    json.writeStringField("role", row.role().name().toLowerCase(Locale.ROOT));
    for (String column : bench.columns()) {
      double[] all = sorted(row, column).stream().mapToDouble(each -> each).toArray();
      json.writeFieldName(column);
      json.writeArray(all, 0, all.length);
    }
    json.writeEndObject();
  }
}
