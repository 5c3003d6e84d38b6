// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Copies a jar, its old class files in the format of Java 8: HotSpot's AOT cache takes none from
/// before Java 6, which then are read and verified anew at each start.
///
/// Called by the launcher, for the library that reads the command line:
/// `java NewClassFiles.java FROM TO`.
final class NewClassFiles {
  private static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;

  private NewClassFiles() {}

  public static void main(String[] arguments) throws IOException {
    Path from = Path.of(arguments[0]);
    try (var classes = new URLClassLoader(new URL[] {from.toUri().toURL()});
        var in = new ZipFile(from.toFile());
        OutputStream file = Files.newOutputStream(Path.of(arguments[1]));
        var out = new ZipOutputStream(file)) {
      ClassFile format =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS,
              ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(classes)));
      for (ZipEntry entry : Collections.list(in.entries())) {
        out.putNextEntry(new ZipEntry(entry.getName()));
        try (InputStream bytes = in.getInputStream(entry)) {
          byte[] content = bytes.readAllBytes();
          out.write(entry.getName().endsWith(".class") ? renewed(format, content) : content);
        }
        out.closeEntry();
      }
    }
  }

  private static byte[] renewed(ClassFile format, byte[] content) {
    ClassModel old = format.parse(content);
    if (old.majorVersion() >= FIRST_WITH_STACK_MAPS) {
      return content;
    }
    ClassTransform withStackMaps = ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL);
    ClassTransform stamped =
        ClassTransform.endHandler(made -> made.withVersion(ClassFile.JAVA_8_VERSION, 0));
    return format.transformClass(old, withStackMaps.andThen(stamped));
  }
}
