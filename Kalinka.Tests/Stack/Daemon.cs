using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Kalinka.Tests.Stack;

/// <summary>
/// A built daemon as its own process, with its configuration in a folder of its own and its HTTP endpoints on a free
/// port of 127.0.0.1. Disposing it ends the process, whatever state it is in.
/// </summary>
internal sealed class Daemon : IAsyncDisposable
{
    public const string Pub = "kalinka-pub";
    public const string Sub = "kalinka-sub";

    // A loaded machine needs this for a cold start with servers that are cold themselves.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ProcessOutput _output;
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _http;
    private readonly string _name;
    private bool _disposed;

    private Daemon(string name, Process process, DirectoryInfo folder, Uri url)
    {
        _name = name;
        _process = process;
        _output = new ProcessOutput(process);
        _folder = folder;
        _http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(5) };
    }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote so far, both streams.</summary>
    public IReadOnlyList<string> Output => _output.Lines;

    /// <summary>For <c>/health/*</c>, <c>/metrics</c>, <c>/status</c> and <c>/</c>.</summary>
    public HttpClient Http => _http;

    /// <summary>Starts <c>run</c> and returns at once.</summary>
    /// <param name="name"><see cref="Pub"/> or <see cref="Sub"/>.</param>
    /// <param name="configuration">The configuration file's text; <c>Http:Url</c> is set over it.</param>
    /// <param name="environment">More variables, such as <c>KALINKA_Instance</c>.</param>
    public static Daemon Start(
        string name,
        string configuration,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var folder = Directory.CreateTempSubdirectory($"{name}-");
        var file = Path.Combine(folder.FullName, "config.json");
        File.WriteAllText(file, configuration);
        var url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var start = Command.Redirected(PathOf(name), "run", "--config", file);
        start.Environment["KALINKA_Http__Url"] = url.GetLeftPart(UriPartial.Authority);
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }
        return new Daemon(name, Process.Start(start)!, folder, url);
    }

    /// <summary>The executable that was built beside the tests.</summary>
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>Until <c>/health/ready</c> answers 200.</summary>
    /// <exception cref="AssertionException">It ended, or was not ready within the time (60 s by default).</exception>
    public async Task WaitReadyAsync(TimeSpan? within = null)
    {
        try
        {
            await Eventually.That(IsReady, within ?? Patience, $"{_name} is ready");
        }
        catch (AssertionException notReady)
        {
            throw new AssertionException($"{notReady.Message}\n{_output.Tail}", notReady);
        }
    }

    /// <summary>Until it is ready and has every broker; ready alone means one of them.</summary>
    public async Task WaitConnectedAsync()
    {
        await WaitReadyAsync();
        await Eventually.That(HasEveryBroker, Patience, $"{_name} has every broker");
    }

    /// <summary>The body of <c>/status</c>.</summary>
    public async Task<JsonDocument> StatusAsync() =>
        JsonDocument.Parse(await _http.GetStringAsync(new Uri("/status", UriKind.Relative)));

    /// <summary>SIGTERM, and the exit code after the drain.</summary>
    /// <exception cref="AssertionException">It did not end within the time (60 s by default); it is killed then.</exception>
    public async Task<int> TerminateAsync(TimeSpan? within = null)
    {
        _process.Send(Signals.Terminate);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(within ?? Patience);
        }
        catch (TimeoutException)
        {
            Kill();
            throw new AssertionException($"{_name} did not end after SIGTERM\n{_output.Tail}");
        }
        return _process.ExitCode;
    }

    private bool HasEveryBroker()
    {
        using var status = StatusAsync().GetAwaiter().GetResult();
        return status
            .RootElement.GetProperty("brokers")
            .EnumerateArray()
            .All(broker => broker.GetProperty("state").GetString() is "connected" or "standby");
    }

    /// <summary>SIGKILL: the crash that no code of the daemon sees. Returns when the process is gone.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    /// <summary>SIGSTOP: the process exists, its sockets too, and nothing moves.</summary>
    public void Pause() => _process.Send(Signals.Stop);

    /// <summary>SIGCONT.</summary>
    public void Continue() => _process.Send(Signals.Continue);

    public ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return ValueTask.CompletedTask;
        }

        _disposed = true;
        Kill();
        _http.Dispose();
        _process.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private bool IsReady()
    {
        if (_process.HasExited)
        {
            throw new AssertionException($"{_name} ended with exit code {_process.ExitCode}");
        }
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health/ready");
            using var response = _http.Send(request);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false; // Not listening yet, or paused.
        }
    }
}
