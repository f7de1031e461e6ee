using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Kalinka.Bench.Measurement;

/// <summary>Where the figures come from: machine, versions, sizes.</summary>
internal sealed record Surroundings(BenchOptions Options, string Kafka)
{
    public string Text() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Rounds: {Options.Rounds} each, interleaved, of {Options.Messages:#,0} messages of {Options.Size} bytes, {RateText}, QoS 1, acks=all, after a warm-up of {Options.WarmUp:#,0}. {Environment.ProcessorCount} cores ({Processor()}), {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, librdkafka {Library.VersionString}, {FirstLine("mosquitto", "-h")}, {KcatVersion()}, {Kafka}; broker, Kafka, load and contender share the cores."
        );

    private string RateText =>
        Options.Rate == 0
            ? "as fast as they are taken"
            : string.Create(CultureInfo.InvariantCulture, $"{Options.Rate:#,0} a second");

    private static string KcatVersion() =>
        Output("kcat", "-V").Split('\n').FirstOrDefault(line => line.StartsWith("Version", StringComparison.Ordinal))
            is { } line
            ? "kcat " + line.Split(' ')[1]
            : "kcat";

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
            : RuntimeInformation.ProcessArchitecture.ToString();

    private static string FirstLine(string command, string argument) => Output(command, argument).Split('\n')[0].Trim();

    private static string Output(string command, string argument)
    {
        using var process = Process.Start(
            new ProcessStartInfo(command, argument) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
