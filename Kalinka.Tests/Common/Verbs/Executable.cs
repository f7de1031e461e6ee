using System.Diagnostics;

namespace Kalinka.Tests.Common.Verbs;

/// <summary>What a verb ended with.</summary>
internal sealed record Ended(int ExitCode, string Output, string Error);

/// <summary>The built daemons, run as processes of their own.</summary>
internal static class Executable
{
    public const string Pub = "kalinka-pub";
    public const string Sub = "kalinka-sub";

    public static Task<Ended> RunAsync(string name, params string[] arguments) => RunAsync(Start(name, arguments));

    /// <summary>How to start it: its streams are redirected.</summary>
    public static ProcessStartInfo Start(string name, params string[] arguments) =>
        new(Path.Combine(AppContext.BaseDirectory, name), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    /// <exception cref="TimeoutException">It did not end within a minute; it is killed then.</exception>
    public static async Task<Ended> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return new Ended(process.ExitCode, await output, await error);
    }
}
