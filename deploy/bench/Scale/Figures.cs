using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Kalinka.Bench.Scale;

/// <summary>What was measured, a row each, as Markdown ready for the documentation.</summary>
internal sealed class Figures(TextWriter output)
{
    public void Begin(string title, string command, string servers)
    {
        output.WriteLine($"### {title}");
        output.WriteLine();
        output.WriteLine($"    {command}");
        output.WriteLine();
        output.WriteLine(
            $"{Environment.ProcessorCount} cores ({Processor()}), {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; {servers}; server, writer and follower share the cores."
        );
        output.WriteLine();
        output.WriteLine("| what | figure |");
        output.WriteLine("|---|---|");
    }

    public void Row(string what, FormattableString figure)
    {
        output.WriteLine($"| {what} | {figure.ToString(CultureInfo.InvariantCulture)} |");
        output.Flush();
    }

    /// <summary>A row with the time and the rate of so many.</summary>
    public void Rate(string what, int count, long started)
    {
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Row(what, $"{seconds:0.0} s, {count / seconds:#,0} a second");
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
            : RuntimeInformation.ProcessArchitecture.ToString();
}
