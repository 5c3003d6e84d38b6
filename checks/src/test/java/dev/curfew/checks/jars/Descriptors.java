// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.jars;

import dev.curfew.checks.Project;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.util.Set;
import java.util.stream.Collectors;

/// The module descriptors as they were compiled.
public final class Descriptors {

  private Descriptors() {}

  /// {@return the descriptor of a module}
  ///
  /// @param module a folder name such as `core`
  public static ModuleDescriptor of(String module) {
    try (InputStream in =
        Files.newInputStream(Project.classes(module).resolve("module-info.class"))) {
      return ModuleDescriptor.read(in);
    } catch (IOException e) {
      throw new UncheckedIOException("the descriptor of " + module, e);
    }
  }

  /// {@return the packages that a module exports to everybody}
  ///
  /// @param module a folder name such as `core`
  public static Set<String> exports(String module) {
    return of(module).exports().stream()
        .filter(exports -> !exports.isQualified())
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toSet());
  }
}
