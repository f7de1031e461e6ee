using System.Net;
using System.Text.Json;

namespace Kalinka.Tests.Common.Hosting;

internal sealed class DaemonEndpointsTests
{
    private HostedPipeline _host = null!;

    [SetUp]
    public async Task Start() => _host = await HostedPipeline.StartAsync();

    [TearDown]
    public async Task Stop() => await _host.DisposeAsync();

    [Test]
    public async Task A_running_pipeline_is_live()
    {
        var (code, _) = await GetAsync("/health/live");

        Assert.That(code, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_pipeline_that_does_its_job_is_ready_and_one_that_waits_says_for_what()
    {
        var (ready, _) = await GetAsync("/health/ready");
        _host.Pipeline.Current = _host.Pipeline.Current with
        {
            Ready = false,
            WaitingFor = "broker b1 at mqtt://h:1883",
        };
        var (waiting, reason) = await GetAsync("/health/ready");
        var (live, _) = await GetAsync("/health/live");

        Assert.That(ready, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(waiting, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(reason, Is.EqualTo("waiting for broker b1 at mqtt://h:1883\n"));
        Assert.That(live, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task The_status_is_JSON_in_camel_case_with_a_null_where_nothing_is_known()
    {
        var (_, body) = await GetAsync("/status");

        using var status = JsonDocument.Parse(body);
        var root = status.RootElement;
        Assert.That(
            root.EnumerateObject().Select(property => property.Name),
            Is.SupersetOf(new[] { "daemon", "instance", "version", "brokers", "kafka", "directory", "mode" })
        );
        Assert.That(root.GetProperty("mode").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(root.GetProperty("directory").GetProperty("entries").GetInt32(), Is.EqualTo(7));
        Assert.That(root.GetProperty("directory").GetProperty("trusted").GetBoolean(), Is.True);
        var broker = root.GetProperty("brokers")[0];
        Assert.That(broker.GetProperty("name").GetString(), Is.EqualTo("b1"));
        Assert.That(broker.GetProperty("state").GetString(), Is.EqualTo("connected"));
        Assert.That(broker.GetProperty("seats")[0].GetInt32(), Is.Zero);
        Assert.That(broker.GetProperty("inFlight").GetInt32(), Is.EqualTo(3));
        Assert.That(broker.GetProperty("queueAgeMs").GetInt64(), Is.EqualTo(12));
        Assert.That(broker.GetProperty("received").GetInt64(), Is.EqualTo(100));
        Assert.That(broker.GetProperty("lastError").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Metrics_are_our_own_and_the_runtimes_in_the_form_of_Prometheus()
    {
        var (code, body) = await GetAsync("/metrics");

        Assert.That(code, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(body, Does.Match(@"(?m)^kalinka_test_messages_total(\{[^}]*\})? 42"));
        Assert.That(body, Does.Contain("dotnet_gc_collections_total"));
        Assert.That(body, Does.Contain("service_name=\"kalinka-pub\""));
    }

    [Test]
    public async Task The_page_needs_nothing_from_elsewhere_and_lets_no_data_become_markup()
    {
        using var response = await _host.Http.GetAsync(new Uri("/", UriKind.Relative));
        var page = await response.Content.ReadAsStringAsync();

        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/html"));
        Assert.That(
            response.Headers.GetValues("Content-Security-Policy").Single(),
            Does.StartWith("default-src 'none'")
        );
        Assert.That(page, Does.Not.Match("(src|href)=\"(https?:)?//"));
        Assert.That(
            page,
            Does.Not.Contain("innerHTML").And.Not.Contain("insertAdjacentHTML").And.Not.Contain("document.write")
        );
        Assert.That(page, Does.Contain("fetch(\"status\""));
    }

    [TestCase("/health")]
    [TestCase("/status/x")]
    [TestCase("/index.html")]
    public async Task Anything_else_is_not_found(string path)
    {
        var (code, _) = await GetAsync(path);

        Assert.That(code, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private async Task<(HttpStatusCode Code, string Body)> GetAsync(string path)
    {
        using var response = await _host.Http.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
