package dev.rostrum.bench.scenario;

import java.util.List;
import java.util.Map;

/**
 * What is done to a server and what must hold, as a file says it.
 *
 * <p>Immutable.
 *
 * @param variables the values that were used for what the file leaves open
 * @param server options of {@code rostrum serve}, if the server is started for it
 * @param java options of its JVM besides the launcher's
 * @param ice4j the part of the listeners, 0 to 1, that do ICE with ice4j's agent
 * @param cameras whether the speakers have cameras
 * @param talking how many of the stage talk at once on average, if they talk as people do
 */
public record Scenario(
        String name,
        String about,
        Map<String, String> variables,
        List<String> server,
        List<String> java,
        double ice4j,
        int speakers,
        boolean cameras,
        double talking,
        List<Step> steps,
        List<Assertion> asserts) {

    public Scenario {
        variables = Map.copyOf(variables);
        server = List.copyOf(server);
        java = List.copyOf(java);
        steps = List.copyOf(steps);
        asserts = List.copyOf(asserts);
    }

    /**
     * The same with another share of ice4j.
     *
     * @throws ScenarioException if the share is not from 0 to 1
     */
    public Scenario withIce4j(double share) throws ScenarioException {
        if (!(share >= 0 && share <= 1)) {
            throw new ScenarioException("ice4j must be a share from 0 to 1, not " + share);
        }
        return new Scenario(name, about, variables, server, java, share, speakers, cameras, talking, steps, asserts);
    }
}
