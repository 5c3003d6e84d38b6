// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// The help of `curfew run` as a manual page: its options in groups, then examples and what is
/// taken from the environment.
final class Manual {

  static final String REST = "Other options";

  /// The groups, each with the names of its options; what is not named here comes last.
  private static final Map<String, List<String>> GROUPS = groups();

  private static final String TAIL =
      """

      Examples
        One command per input, as many at a time as there are cores:
          curfew run 'sha256sum {}' ::: *.iso
        Inputs from a pipe, four at a time, a bound for each and for all:
          find . -name '*.png' | curfew run -j 4 --timeout 1m --deadline 2h 'optipng {}'
        After Ctrl-C or a kill (with --sync also a power loss), the same with:
          find . -name '*.png' | curfew run --resume -j 4 'optipng {}'
        A Java class per input, in one JVM:
          curfew run --java com.acme.Thumbnail -cp app.jar ::: a.png b.png
        One that never looks whether it is to stop:
          curfew run --java com.acme.Thumbnail -cp app.jar --weave 'com.acme.**' ::: *.png
        Each in a JVM of its own, with a heap of 256 MB, killed if it does not end:
          curfew run --java com.acme.Thumbnail -cp app.jar --isolate --memory 256m ::: *.png
        What has happened so far, also while it runs:
          curfew jobs --failed

      Environment
        CURFEW_JAVA_OPTIONS  options of the JVM, such as -Xmx64m
        CURFEW_HOME          where a checkout keeps what it has built
        PATH                 where the command is looked for
        TERM, NO_COLOR       'dumb' or unset: no line that is redrawn; not empty: no colours
        COLUMNS              the width of the terminal, if it does not tell it
        TMPDIR is not read: outputs wait in the JVM's folder for temporary files (-Djava.io.tmpdir)

      Files
        ./curfew.journal     what has run (--journal); its -wal, -shm and -lock belong to it
      """;

  private Manual() {}

  private static Map<String, List<String>> groups() {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    groups.put(
        "What is run",
        List.of(
            "-a", "-0", "--java", "-cp", "--weave", "--isolate", "--memory", "--workdir", "--env"));
    groups.put("How much, how long", List.of("-j", "--delay", "--timeout", "--deadline"));
    groups.put("Failures and the end", List.of("--retries", "--retry-delay", "--halt", "--grace"));
    groups.put(
        "Going on",
        List.of("--journal", "--no-journal", "--resume", "--retry-failed", "--settle", "--sync"));
    groups.put(
        "Output",
        List.of(
            "-k",
            "--tag",
            "--results",
            "--joblog",
            "--progress",
            "--json",
            "--report",
            "--dry-run"));
    return groups;
  }

  /// Gives a command's help this form.
  static void install(CommandLine command) {
    Map<String, CommandLine.IHelpSectionRenderer> sections =
        new LinkedHashMap<>(command.getHelpSectionMap());
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, Manual::options);
    sections.put("examples", _ -> TAIL.replace("\n", System.lineSeparator()));
    List<String> keys = new ArrayList<>(command.getHelpSectionKeys());
    keys.add("examples");
    command.setHelpSectionKeys(keys);
    command.setHelpSectionMap(sections);
  }

  private static String options(Help help) {
    Map<String, List<OptionSpec>> grouped =
        help.commandSpec().options().stream()
            .filter(option -> !option.hidden())
            .collect(
                Collectors.groupingBy(Manual::groupOf, LinkedHashMap::new, Collectors.toList()));
    StringBuilder text = new StringBuilder();
    List<String> order = new ArrayList<>(GROUPS.keySet());
    order.add(REST);
    for (String group : order) {
      List<OptionSpec> options = grouped.getOrDefault(group, List.of());
      if (!options.isEmpty()) {
        text.append(System.lineSeparator()).append(group).append(System.lineSeparator());
        text.append(
            help.optionListExcludingGroups(
                options, help.createDefaultLayout(), null, help.parameterLabelRenderer()));
      }
    }
    return text.toString();
  }

  /// {@return the group of an option}
  static String groupOf(OptionSpec option) {
    for (Map.Entry<String, List<String>> group : GROUPS.entrySet()) {
      if (List.of(option.names()).stream().anyMatch(group.getValue()::contains)) {
        return group.getKey();
      }
    }
    return REST;
  }
}
