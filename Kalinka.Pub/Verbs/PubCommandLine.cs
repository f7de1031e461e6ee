using System.CommandLine;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Pub.Configuration;

namespace Kalinka.Pub.Verbs;

/// <summary>The command line of <c>kalinka-pub</c>.</summary>
internal static class PubCommandLine
{
    private const string Name = "kalinka-pub";

    /// <param name="arguments">As the process got them.</param>
    /// <param name="createPipeline">Makes what <c>run</c> runs.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> InvokeAsync(string[] arguments, Func<PubConfiguration, PipelineFactory> createPipeline)
    {
        var daemon = new Daemon<PubConfiguration>(Name, PubConfiguration.Read, createPipeline);
        return DaemonCommandLine.InvokeAsync(
            Name,
            "Carries messages from MQTT brokers to Kafka.",
            arguments,
            keys => [RunVerb.Create(daemon, keys), CheckVerb.Create(daemon, keys), Explain(daemon, keys)]
        );
    }

    private static Command Explain(Daemon<PubConfiguration> daemon, IReadOnlyDictionary<string, string> keys)
    {
        var publish = new ExplainedPublish();
        return ExplainVerb.Create(
            daemon,
            keys,
            "Tells which rule an MQTT topic matches and which record it makes",
            publish.AddTo,
            publish.Explain
        );
    }
}
