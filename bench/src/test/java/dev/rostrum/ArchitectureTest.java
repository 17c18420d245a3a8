package dev.rostrum;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of the house: who may depend on whom, where threads may meet, and how things are named. */
class ArchitectureTest {

    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.rostrum");

    @Test
    void theRulesSeeEveryModule() {
        for (String module :
                List.of("dev.rostrum.srtp", "dev.rostrum.sfu", "dev.rostrum.signaling", "dev.rostrum.bench")) {
            assertTrue(PRODUCT.stream().anyMatch(type -> type.getPackageName().startsWith(module)), module);
        }
    }

    @Test
    void modulesDependOneWay() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("dtls")
                .definedBy("dev.rostrum.dtls..", "dev.rostrum.srtp..")
                .layer("sfu")
                .definedBy("dev.rostrum.sfu..")
                .layer("signaling")
                .definedBy("dev.rostrum.signaling..")
                .layer("bench")
                .definedBy("dev.rostrum.bench..")
                .whereLayer("bench")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("signaling")
                .mayOnlyBeAccessedByLayers("bench")
                .whereLayer("sfu")
                .mayOnlyBeAccessedByLayers("signaling", "bench")
                .check(PRODUCT);
    }

    @Test
    void roomsOfTheSfuDependOneWay() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("routing")
                .definedBy("dev.rostrum.sfu.routing")
                .layer("video")
                .definedBy("dev.rostrum.sfu.video")
                .layer("simulcast")
                .definedBy("dev.rostrum.sfu.simulcast")
                .layer("congestion")
                .definedBy("dev.rostrum.sfu.congestion")
                .layer("transport")
                .definedBy("dev.rostrum.sfu.transport")
                .layer("stream")
                .definedBy("dev.rostrum.sfu.stream")
                .layer("congestion")
                .definedBy("dev.rostrum.sfu.congestion")
                .layer("ice")
                .definedBy("dev.rostrum.sfu.ice")
                .layer("rtcp")
                .definedBy("dev.rostrum.sfu.rtcp")
                .layer("rtp")
                .definedBy("dev.rostrum.sfu.rtp")
                .layer("loop")
                .definedBy("dev.rostrum.sfu.loop")
                .layer("udp")
                .definedBy("dev.rostrum.sfu.udp")
                .whereLayer("routing")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("video")
                .mayOnlyBeAccessedByLayers("routing")
                .whereLayer("simulcast")
                .mayOnlyBeAccessedByLayers("video")
                .whereLayer("congestion")
                .mayOnlyBeAccessedByLayers("video")
                .whereLayer("transport")
                .mayOnlyBeAccessedByLayers("routing", "video")
                .whereLayer("stream")
                .mayOnlyBeAccessedByLayers("routing", "video", "transport")
                .whereLayer("ice")
                .mayOnlyBeAccessedByLayers("routing", "transport")
                .whereLayer("rtcp")
                .mayOnlyBeAccessedByLayers("routing", "video", "congestion", "transport", "stream")
                .whereLayer("loop")
                .mayOnlyAccessLayers("udp")
                .whereLayer("udp")
                .mayNotAccessAnyLayer()
                .check(PRODUCT);
    }

    @Test
    void roomsOfSignalingDependOneWay() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("web")
                .definedBy("dev.rostrum.signaling.web")
                .layer("space")
                .definedBy("dev.rostrum.signaling.space")
                .layer("model")
                .definedBy("dev.rostrum.signaling.model")
                .layer("offer")
                .definedBy("dev.rostrum.signaling.offer")
                .layer("sdp")
                .definedBy("dev.rostrum.signaling.sdp")
                .whereLayer("web")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("space")
                .mayOnlyAccessLayers("model")
                .whereLayer("model")
                .mayNotAccessAnyLayer()
                .whereLayer("offer")
                .mayOnlyAccessLayers("sdp")
                .whereLayer("sdp")
                .mayNotAccessAnyLayer()
                .check(PRODUCT);
    }

    @Test
    void signalingEntersTheSfuByItsDoorOnly() {
        noClasses()
                .that()
                .resideInAPackage("dev.rostrum.signaling..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "dev.rostrum.sfu.load..",
                        "dev.rostrum.sfu.loop..",
                        "dev.rostrum.sfu.udp..",
                        "dev.rostrum.sfu.transport..",
                        "dev.rostrum.sfu.rtp..",
                        "dev.rostrum.sfu.rtcp..",
                        "dev.rostrum.sfu.stream..",
                        "dev.rostrum.sfu.simulcast..",
                        "dev.rostrum.sfu.congestion..",
                        "dev.rostrum.sfu.video..",
                        "dev.rostrum.sfu.routing.."))
                .check(PRODUCT);
    }

    @Test
    void mediaKnowsNoRolesNoHttpNoJson() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.rostrum.sfu..", "dev.rostrum.dtls..", "dev.rostrum.srtp..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.vertx..", "tools.jackson..", "com.nimbusds..", "info.picocli.."))
                .check(PRODUCT);
    }

    @Test
    void bouncyCastleStaysInDtls() {
        noClasses()
                .that(not(resideInAPackage("dev.rostrum.dtls.."))
                        .and(not(resideInAPackage("dev.rostrum.signaling.tls.."))))
                .should()
                .dependOnClassesThat(resideInAPackage("org.bouncycastle.."))
                .check(PRODUCT);
    }

    /** The server takes no more of it than the codec; its agent belongs to the other side, which the load generator is. */
    @Test
    void theStunCodecIsTheOnlyDoorToIce4jAndItsAgentIsOnlyAClient() {
        noClasses()
                .that(not(resideInAPackage("dev.rostrum.sfu.ice"))
                        .and(not(nameMatching("dev\\.rostrum\\.bench\\.media\\.Ice4jPath(\\$.*)?"))))
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.ice4j..", "org.jitsi.."))
                .check(PRODUCT);
        noClasses()
                .that()
                .resideInAPackage("dev.rostrum.sfu.ice")
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.ice4j.ice..", "org.ice4j.socket.."))
                .check(PRODUCT);
    }

    @Test
    void threadsMeetOnlyWhereTheyMay() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.rostrum.sfu..", "dev.rostrum.srtp..")
                .and()
                .resideOutsideOfPackages("dev.rostrum.sfu.loop", "dev.rostrum.sfu.udp")
                .and()
                .doNotHaveFullyQualifiedName("dev.rostrum.sfu.Sfu")
                .should()
                .dependOnClassesThat(resideInAPackage("java.util.concurrent..").and(not(aFuture())))
                .check(PRODUCT);
        fields().that()
                .areDeclaredInClassesThat(resideInAnyPackage("dev.rostrum.sfu..", "dev.rostrum.srtp..")
                        .and(not(resideInAnyPackage("dev.rostrum.sfu.loop", "dev.rostrum.sfu.udp"))))
                .and()
                .areNotDeclaredIn("dev.rostrum.sfu.Sfu")
                .should()
                .notHaveModifier(JavaModifier.VOLATILE)
                .check(PRODUCT);
        methods()
                .that()
                .areDeclaredInClassesThat(resideInAnyPackage("dev.rostrum.sfu..", "dev.rostrum.srtp..")
                        .and(not(resideInAnyPackage("dev.rostrum.sfu.loop", "dev.rostrum.sfu.udp"))))
                .and()
                .areNotDeclaredIn("dev.rostrum.sfu.Sfu")
                .should()
                .notHaveModifier(JavaModifier.SYNCHRONIZED)
                .check(PRODUCT);
    }

    private static com.tngtech.archunit.base.DescribedPredicate<com.tngtech.archunit.core.domain.JavaClass> aFuture() {
        return com.tngtech.archunit.base.DescribedPredicate.describe(
                "a completion stage",
                type -> type.getSimpleName().equals("CompletionStage")
                        || type.getSimpleName().equals("CompletableFuture"));
    }

    @Test
    void coresAskNobodyForTheTime() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.rostrum.sfu.ice",
                        "dev.rostrum.sfu.rtp",
                        "dev.rostrum.sfu.rtcp",
                        "dev.rostrum.sfu.stream",
                        "dev.rostrum.sfu.simulcast",
                        "dev.rostrum.sfu.congestion",
                        "dev.rostrum.sfu.video",
                        "dev.rostrum.sfu.transport",
                        "dev.rostrum.sfu.routing",
                        "dev.rostrum.srtp",
                        "dev.rostrum.signaling.admission",
                        "dev.rostrum.signaling.model",
                        "dev.rostrum.signaling.space",
                        "dev.rostrum.signaling.sdp",
                        "dev.rostrum.signaling.offer")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .check(PRODUCT);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl|Common)(\\$.*)?$")
                .orShould()
                .haveSimpleNameStartingWith("Base")
                .orShould()
                .haveSimpleNameEndingWith("Base")
                .check(PRODUCT);
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .areNotAnonymousClasses()
                .and()
                .areNotEnums()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                .resideInAnyPackage(
                        "dev.rostrum.sfu..", "dev.rostrum.srtp..", "dev.rostrum.dtls..", "dev.rostrum.signaling..")
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(PRODUCT);
    }

    @Test
    void roomsAndClassesStaySmall() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("rostrum"))) {
            root = root.getParent();
        }
        StringBuilder tooBig = new StringBuilder();
        for (String module : List.of("dtls", "sfu", "signaling", "bench")) {
            try (Stream<Path> walk = Files.walk(root.resolve(module).resolve("src/main/java"))) {
                for (Path path : walk.toList()) {
                    if (Files.isDirectory(path)) {
                        try (Stream<Path> room = Files.list(path)) {
                            long classes =
                                    room.filter(ArchitectureTest::isClass).count();
                            if (classes > 18) {
                                tooBig.append(path).append(": ").append(classes).append(" classes\n");
                            }
                        }
                    } else if (path.toString().endsWith(".java")) {
                        long lines;
                        try (Stream<String> text = Files.lines(path)) {
                            lines = text.count();
                        }
                        if (lines > 550) {
                            tooBig.append(path).append(": ").append(lines).append(" lines\n");
                        }
                    }
                }
            }
        }
        assertEquals("", tooBig.toString(), "find the missing concept");
    }

    /** Whether a source holds a class: records, enums and interfaces are the vocabulary of a room, not its furniture. */
    private static boolean isClass(Path source) {
        if (!source.toString().endsWith(".java")) {
            return false;
        }
        try (Stream<String> lines = Files.lines(source)) {
            return lines.anyMatch(line -> line.matches("(public )?((final|abstract|sealed) )*class .*"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
