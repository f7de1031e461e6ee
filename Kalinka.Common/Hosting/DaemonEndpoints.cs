using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Kalinka.Common.Hosting;

/// <summary>Health, metrics and status over HTTP.</summary>
internal static class DaemonEndpoints
{
    // The page may do nothing but run itself and ask where it came from.
    private const string PagePolicy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

    private static readonly byte[] Page = LoadPage();

    public static void MapDaemonEndpoints(this WebApplication application)
    {
        var carrier = application.Services.GetRequiredService<PipelineCarrier>();
        Map(application, "/health/live", context => WriteHealthAsync(context, Liveness(carrier)));
        Map(application, "/health/ready", context => WriteHealthAsync(context, Readiness(carrier)));
        Map(application, "/status", context => WriteStatusAsync(context, carrier));
        Map(application, "/", WritePageAsync);
        application.MapPrometheusScrapingEndpoint("/metrics");
    }

    private static void Map(WebApplication application, string path, RequestDelegate answer) =>
        application.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], answer);

    /// <summary>Null when all is well.</summary>
    private static string? Liveness(PipelineCarrier carrier) => carrier.Alive ? null : "the pipeline is not running";

    private static string? Readiness(PipelineCarrier carrier)
    {
        if (Liveness(carrier) is { } reason)
        {
            return reason;
        }

        if (carrier.Draining)
        {
            return "draining";
        }

        return carrier.Status() is { Ready: false } status ? $"waiting for {status.WaitingFor}" : null;
    }

    private static Task WriteHealthAsync(HttpContext context, string? problem)
    {
        context.Response.StatusCode = problem is null
            ? StatusCodes.Status200OK
            : StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"{problem ?? "ok"}\n");
    }

    private static Task WriteStatusAsync(HttpContext context, PipelineCarrier carrier)
    {
        if (carrier.Status() is not { } status)
        {
            return WriteHealthAsync(context, "the pipeline is not running");
        }

        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(status, JsonSerializerOptions.Web);
    }

    private static Task WritePageAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = PagePolicy;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.Body.WriteAsync(Page, context.RequestAborted).AsTask();
    }

    private static byte[] LoadPage()
    {
        using var resource = typeof(DaemonEndpoints).Assembly.GetManifestResourceStream("status.html")!;
        var page = new byte[resource.Length];
        resource.ReadExactly(page);
        return page;
    }
}
