// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.agent.AgentTables;
import dev.curfew.bench.agent.Working;
import dev.curfew.bench.agent.Working.Took;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/// Three programs of others, woven and not: what checks that do nothing cost, and what the weaving
/// costs at the start. Before that, tables of what the checks are for.
///
/// A piece of work is measured by the CPU time of its thread: neither the machine's load nor the
/// JIT is in it. The first piece of a JVM is measured by the CPU time, too: it has all the loading.
final class AgentBench implements JvmBench {

  @Override
  public String name() {
    return "agent";
  }

  @Override
  public String unit() {
    return "CPU ms of the thread for a piece of work";
  }

  @Override
  public List<String> columns() {
    return Stream.of("", ", clock", ", first", ", first, clock")
        .flatMap(kind -> variants().stream().map(program -> program + kind))
        .toList();
  }

  @Override
  public List<String> variants() {
    return List.of("javac", "H2", "Rhino, compiled");
  }

  /// Many, for JVMs of one kind differ by a tenth and more: each compiles in its own way.
  @Override
  public int rounds(boolean quick) {
    return quick ? 1 : 25;
  }

  @Override
  public int rounds(String variant, boolean quick) {
    return quick ? 1 : variant.equals("javac") ? 11 : 25;
  }

  @Override
  public List<Contender> contenders() {
    String code = Working.class.getName();
    return List.of(
        new Contender("woven", Contender.Role.OURS, code, AgentTables.woven()),
        new Contender("not woven", Contender.Role.PEER, code, AgentTables.notWoven()));
  }

  @Override
  public void run(Table table, boolean quick) throws IOException, InterruptedException {
    System.out.println(AgentTables.stops(quick));
    System.out.println(AgentTables.neighbours(quick));
    System.out.println(AgentTables.shells());
    JvmBench.super.run(table, quick);
    StringBuilder turns = new StringBuilder(InTurns.head("woven / not woven, at work"));
    Contender woven = contenders().getFirst();
    Contender bare = contenders().getLast();
    for (String variant : variants()) {
      turns.append(InTurns.line(variant, table.byRounds(woven, bare, variant)));
    }
    System.out.println(turns);
  }

  @Override
  public void measure(Object peer, String variant, Figures figures, boolean quick)
      throws Exception {
    int warmUp = quick ? 3 : variant.equals("javac") ? 40 : 250; // until the JIT has done its work
    int measured = quick ? 3 : variant.equals("javac") ? 20 : 100;
    List<Took> all = ((Working) peer).pieces(variant, warmUp + measured);
    figures.add(variant + ", first", all.getFirst().cpu() / 1e6);
    figures.add(variant + ", first, clock", all.getFirst().nanos() / 1e6);
    List<Took> warm = all.subList(warmUp, all.size());
    figures.add(variant, Table.median(warm.stream().map(took -> took.cpu() / 1e6).toList()));
    figures.add(
        variant + ", clock", Table.median(warm.stream().map(took -> took.nanos() / 1e6).toList()));
  }
}
